using Trainer.Robustness.Components;

namespace Trainer.Reports;

/// <summary>What a report may measure, and with what.</summary>
/// <param name="Registry">The components that the run's recipe may name.</param>
/// <param name="Examples">
/// How many of the first test images accuracy against ε is measured on; 0 measures nothing.
/// </param>
/// <param name="DataRoots">Folders in which data sets are looked for.</param>
/// <param name="Device">Where to measure; null for the recipe's device.</param>
/// <param name="Threads">How many CPU threads; null for OMP_NUM_THREADS, else the run's number.</param>
public sealed record ReportOptions(
    ComponentRegistry Registry, int Examples, IReadOnlyList<string> DataRoots, string? Device = null,
    int? Threads = null);
