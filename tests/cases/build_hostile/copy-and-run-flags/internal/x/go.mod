module example.org/app/internal/x
