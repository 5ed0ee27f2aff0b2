namespace Trainer.Cli.Studies;

/// <summary>How the process of a cell ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Error">Its error, without the prefix; empty where it has none.</param>
internal sealed record CellOutcome(int ExitCode, string Error);
