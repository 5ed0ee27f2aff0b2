using Trainer.Engine.Distributed;

namespace Trainer.Engine.Evaluation;

/// <summary>Where an evaluation keeps its files, and how it is stopped and watched.</summary>
/// <param name="Folder">
/// For ledgers, from which a stopped evaluation resumes, and results; created if missing. Null keeps none.
/// </param>
/// <param name="StopRequested">
/// Asked between blocks, in each process; what one of them answers stops all. Several processes ask all the time, on
/// another thread. Null never stops.
/// </param>
/// <param name="Progress">Called before each attack and after each of its blocks.</param>
public sealed record EvaluationControl(
    string? Folder = null, Func<bool>? StopRequested = null, Action<EvaluationProgress>? Progress = null)
{
    /// <summary>
    /// The processes that share the blocks. Each of them evaluates the same, and the first alone has a folder.
    /// </summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;
}
