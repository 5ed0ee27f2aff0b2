using Trainer.Engine.Signals;

namespace Trainer.Engine.Training;

/// <summary>How a call of the loop ended.</summary>
/// <param name="Signal">The signal on which it saved and stopped; null where none stopped it.</param>
/// <param name="LacksFinal">Whether the run was trained to its end and its final evaluation left out.</param>
public readonly record struct RunOutcome(StopSignal? Signal, bool LacksFinal = false)
{
    /// <summary>The command's exit code: 0, 129, 130 or 143.</summary>
    public int ExitCode => Signal is { } signal ? StopRequests.ExitCode(signal) : 0;
}
