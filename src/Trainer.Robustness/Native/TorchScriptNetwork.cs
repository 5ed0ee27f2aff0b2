using TorchSharp;

namespace Trainer.Robustness.Native;

/// <summary>
/// A network that PyTorch saved by torch.jit.save, in evaluation mode on the CPU. Its parameters take no gradients and
/// are not the module's: a frozen network has none. TorchScript is a program and its loader ends the process where the
/// file is faulty (ErrorReport passes TorchSharp's guard): load it in a child process first.
/// </summary>
public sealed class TorchScriptNetwork : Module
{
    // Float32 values in oneDNN's longest vector: see OneDnn.
    private const long VectorLength = 16;
    private readonly jit.ScriptModule<Tensor, Tensor> script;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    public TorchScriptNetwork(string path) : base("TorchScript")
    {
        script = jit.load<Tensor, Tensor>(path, DeviceType.CPU);
        script.eval();
        List<long[]> weights = [];
        foreach (var (_, parameter) in script.named_parameters())
        {
            parameter.requires_grad = false;
            if (parameter.dim() == 4)
                weights.Add(parameter.shape);
        }
        Convolutions = Math.Max(1, weights.Count);
        HasUnevenChannels = weights.Count == 0
            || weights.Exists(shape => shape[0] % VectorLength != 0 || shape[1] % VectorLength != 0);
    }

    /// <summary>How many convolutions it has at least, at a guess where it is frozen.</summary>
    internal int Convolutions { get; }

    /// <summary>Whether a convolution may have channels in no multiple of a vector's length.</summary>
    internal bool HasUnevenChannels { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It does not return one tensor.</exception>
    public override Tensor forward(Tensor input)
    {
        try
        {
            return script.call(input);
        }
        catch (InvalidCastException exception)
        {
            throw new ArgumentException("Found several outputs, expected one tensor of logits.", exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            script.Dispose();
        base.Dispose(disposing);
    }
}
