# Dot-sourced by train.ps1, evaluate.ps1 and test.ps1: where the repository is, the check for the .NET SDK, and the build.
#Requires -Version 7.3

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# Exit codes of programs are looked at here, not turned into errors.
$PSNativeCommandUseErrorActionPreference = $false

$root = Split-Path -Parent $PSScriptRoot

# The build's device, by the rule of src/Trainer.Robustness/build/Libtorch.targets: CUDA where there is an NVIDIA driver.
# TRAINER_TORCH_DEVICE=cpu|cuda decides instead.
$torchDevice = $env:TRAINER_TORCH_DEVICE
if (-not $torchDevice) {
    $drivers = if ($IsWindows) { "$env:SystemRoot/System32/nvcuda.dll" } else { '/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1' }
    $torchDevice = if ($drivers | Where-Object { Test-Path $_ }) { 'cuda' } else { 'cpu' }
}
$output = if ($torchDevice -eq 'cuda') { 'bin/cuda' } else { 'bin' }

# No tool reports its use, and nothing that a script starts outlives it.
$env:DOTNET_CLI_TELEMETRY_OPTOUT = $env:DOTNET_NOLOGO = $env:TESTINGPLATFORM_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE = $env:MSBUILDDISABLENODEREUSE = '1'
$env:DOTNET_GENERATE_ASPNET_CERTIFICATE = 'false'
$env:DOTNET_CLI_USE_MSBUILD_SERVER = '0'

function Write-Note([string] $text) { [Console]::Error.WriteLine($text) }

# Prints the comment at the head of a script, without its marks.
function Write-Usage([string] $script) {
    foreach ($line in Get-Content $script) {
        if (-not $line.StartsWith('#')) { return }
        $line -replace '^# ?', ''
    }
}

function Assert-Sdk {
    $sdks = if (Get-Command dotnet -ErrorAction Ignore) { dotnet --list-sdks } else { @() }
    if ($sdks -match '^10\.') { return }
    Write-Note 'error: the .NET 10 SDK is missing. Install it with: winget install Microsoft.DotNet.SDK.10'
    Write-Note 'or from https://dotnet.microsoft.com/download/dotnet/10.0, then open a new window.'
    exit 1
}

# Builds what changed, then runs the command; its exit code is the script's.
function Invoke-Trainer([string[]] $arguments) {
    Assert-Sdk
    $log = Join-Path $root 'artifacts/build.log'
    New-Item -ItemType Directory -Force (Join-Path $root 'artifacts') | Out-Null
    Push-Location $root
    try { dotnet build src/Trainer.Cli -c Release "-p:TorchDevice=$torchDevice" --nologo -v quiet *> $log }
    finally { Pop-Location }
    if ($LASTEXITCODE -ne 0) {
        Get-Content $log | ForEach-Object { Write-Note $_ }
        Write-Note "error: the build failed; its output is above and in $log"
        exit 1
    }
    $name = if ($IsWindows) { 'trainer.exe' } else { 'trainer' }
    & (Join-Path $root "src/Trainer.Cli/$output/Release/net10.0/$name") @arguments
    exit $LASTEXITCODE
}
