import psycopg2
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse(f"django {psycopg2.__libpq_version__}"))]
