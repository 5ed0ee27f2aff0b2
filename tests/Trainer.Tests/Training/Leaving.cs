using Trainer.Engine.Training;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Training;

/// <summary>A hook that recipes can name, which writes a file when it is disposed.</summary>
[Component("leaving")]
public sealed record Leaving : IHook
{
    /// <summary>The file, whose folder exists.</summary>
    public required string Path { get; init; }

    public TrainingHook Start() => new Hook(Path);

    private sealed class Hook(string path) : TrainingHook, IDisposable
    {
        public void Dispose() => File.AppendAllText(path, "disposed");
    }
}
