# scripts/evaluate.ps1 CHECKPOINT|FILE.safetensors [OPTION...]: measures how robust a trained classifier is.
#
#   scripts/evaluate.ps1 checkpoints/quickstart
#
# Builds what changed, then runs `trainer evaluate` with these arguments and ends with its exit code.
# Needs the .NET 10 SDK.
. (Join-Path $PSScriptRoot 'environment.ps1')

if ($args.Count -eq 0 -or $args[0] -in '-h', '--help') {
    Write-Usage $PSCommandPath
    exit $(if ($args.Count -eq 0) { 2 } else { 0 })
}
Invoke-Trainer (@('evaluate') + $args)
