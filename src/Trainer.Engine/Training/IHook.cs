using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>A description of an addition to the loop that recipes can name.</summary>
[ComponentKind("hooks")]
public interface IHook
{
    /// <summary>Makes the addition for one run, which disposes it if it is an <see cref="IDisposable"/>.</summary>
    TrainingHook Start();
}
