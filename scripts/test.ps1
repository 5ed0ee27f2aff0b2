# scripts/test.ps1 [OPTION...]: builds the solution with warnings as errors and runs the tests that do not build for minutes.
#
#   scripts/test.ps1
#   scripts/test.ps1 --filter-class Trainer.Tests.Native.SymbolVersionTests
#
# The last line is `N passed, N failed`; the exit code is 0 only where none failed. The build, and a test project that
# aborts, or runs nothing where no OPTION chooses tests, count as one failure each. Options go to `dotnet test`. Details stay in artifacts/tests/.
. (Join-Path $PSScriptRoot 'environment.ps1')

if ($args.Count -gt 0 -and $args[0] -in '-h', '--help') {
    Write-Usage $PSCommandPath
    exit 0
}
Assert-Sdk
Set-Location $root
$results = Join-Path $root 'artifacts/tests'
if (Test-Path $results) { Remove-Item -Recurse $results }
New-Item -ItemType Directory -Force $results | Out-Null
$passed = $failed = 0
$noTests = 8 # dotnet test's exit code

function Exit-WithCounts {
    "$passed passed, $failed failed"
    exit $(if ($failed -eq 0) { 0 } else { 1 })
}

Write-Note 'building with warnings as errors'
# NuGet's own warnings (another version served, no vulnerability data) are about the feed and not about the code.
dotnet build Trainer.sln -c Release "-p:TorchDevice=$torchDevice" --nologo -v quiet -warnaserror '-warnnotaserror:NU1603;NU1900;NU1901;NU1902;NU1903;NU1904'
if ($LASTEXITCODE -ne 0) {
    Write-Note 'FAILED: building with warnings as errors'
    $failed++
    Exit-WithCounts
}

foreach ($project in Get-Item tests/*/*Tests.csproj, tests/*/*EndToEnd.csproj) {
    Write-Note "running $($project.BaseName)"
    $report = Join-Path $results "$($project.BaseName).trx"
    dotnet test --project $project.FullName -c Release --no-build "-p:TorchDevice=$torchDevice" --filter-not-trait duration=long `
        --results-directory $results --report-xunit-trx --report-xunit-trx-filename "$($project.BaseName).trx" @args
    $status = $LASTEXITCODE
    $counters = if (Test-Path $report) { ([xml](Get-Content -Raw $report)).TestRun.ResultSummary.Counters }
    if ($args.Count -gt 0 -and $status -eq $noTests) { continue }
    if (-not $counters -or [int]$counters.total -eq 0) {
        Write-Note "FAILED: $($project.BaseName) aborted or ran nothing"
        $failed++
        continue
    }
    $passed += [int]$counters.passed
    $failed += [int]$counters.failed
    if ($status -ne 0 -and [int]$counters.failed -eq 0) {
        Write-Note "FAILED: $($project.BaseName) exited with $status although no test failed"
        $failed++
    }
}
Exit-WithCounts
