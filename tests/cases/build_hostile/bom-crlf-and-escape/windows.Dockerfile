# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
WORKDIR C:\app
COPY . C:\app\
RUN Invoke-WebRequest https://example.org/x.msi -OutFile x.msi; `
    Start-Process msiexec.exe -ArgumentList '/i', 'x.msi' -Wait; `
    Remove-Item x.msi
RUN pip install -r requirements.txt
EXPOSE 80
CMD C:\app\run.exe
