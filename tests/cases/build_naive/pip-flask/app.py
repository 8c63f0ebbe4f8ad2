import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return f"flask {len(os.environ['SECRET_KEY'])}"


app.run(host="0.0.0.0", port=5000)
