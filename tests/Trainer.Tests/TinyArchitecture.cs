using Trainer.Robustness.Models;

namespace Trainer.Tests;

/// <summary>Of a linear network with given initial weights.</summary>
internal sealed record TinyArchitecture(float[,] Weight, float[]? Bias = null) : IArchitecture
{
    public Module Build(ImageShape images, int classes) => new TinyNetwork(Weight, Bias);
}
