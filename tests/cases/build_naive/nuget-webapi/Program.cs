var app = WebApplication.Create(args);
app.MapGet("/", () => "dotnet");
app.Run();
