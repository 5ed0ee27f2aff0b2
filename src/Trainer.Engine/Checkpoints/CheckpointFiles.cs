namespace Trainer.Engine.Checkpoints;

/// <summary>Names of a checkpoint's tensor files, without extension.</summary>
public static class CheckpointFiles
{
    /// <summary>The weights, under PyTorch's state-dict keys; every checkpoint has it.</summary>
    public const string Model = "model";

    /// <summary>The averaged weights, where the recipe has them.</summary>
    public const string Average = "average";

    /// <summary>The optimiser's state, by parameter key.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>Tensors of every other stateful part.</summary>
    public const string State = "state";

    internal const string StateJson = "state.json";

    internal static string FileName(string name) => name + ".safetensors";
}
