# scripts/train.ps1 RECIPE [OPTION...]: trains a classifier as the recipe says, or resumes where it stopped.
#
#   scripts/train.ps1 recipes/quickstart.json
#   scripts/train.ps1 recipes/quickstart.json --set train.epochs=3 --run checkpoints/three
#
# Builds what changed, then runs `trainer train` with these arguments and ends with its exit code. Run the same command
# again to resume from the last checkpoint. Needs the .NET 10 SDK, and the data set in data/NAME (scripts/README.md, "Data").
. (Join-Path $PSScriptRoot 'environment.ps1')

if ($args.Count -eq 0 -or $args[0] -in '-h', '--help') {
    Write-Usage $PSCommandPath
    exit $(if ($args.Count -eq 0) { 2 } else { 0 })
}
Invoke-Trainer (@('train') + $args)
