using System.Runtime.InteropServices;
using TorchSharp;

namespace Trainer.Robustness.Native;

/// <summary>
/// A network that PyTorch saved by torch.jit.save, in evaluation mode on the CPU. Its parameters take no gradients and
/// are not the module's: a frozen network has none. TorchScript is a program and its loader ends the process where the
/// file is faulty (ErrorReport passes TorchSharp's guard): load it in a child process first.
/// </summary>
public sealed class TorchScriptNetwork : Module
{
    private readonly jit.ScriptModule<Tensor, Tensor> script;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hasGroups">Whether a convolution may divide its channels into groups.</param>
    public TorchScriptNetwork(string path, bool hasGroups) : base("TorchScript")
    {
        script = jit.load<Tensor, Tensor>(path, DeviceType.CPU);
        script.eval();
        List<long[]> weights = [];
        foreach (var (_, parameter) in script.named_parameters())
        {
            parameter.requires_grad = false;
            // Class tokens and positions [1, L, D] are none, and convolutions to one channel are rare.
            if (parameter.dim() is >= 3 and <= 5 && parameter.shape is not [1, _, _])
                weights.Add(parameter.shape);
        }
        Convolutions = Math.Max(1, weights.Count);
        // Output and input channels, of a transposed convolution the other way round, if there are no groups.
        HasUnevenChannels = hasGroups || weights.Count == 0
            || weights.Exists(shape => OneDnn.IsAtRisk(inputs: shape[1], outputs: shape[0]));
    }

    /// <summary>How many convolutions it has at least, at a guess where it is frozen.</summary>
    internal int Convolutions { get; }

    /// <summary>Whether a convolution may have channels in no multiple of a vector's length.</summary>
    internal bool HasUnevenChannels { get; }

    /// <summary>
    /// Makes the exception for images of a shape that the program fails on; null for libtorch's own.
    /// </summary>
    public Func<IReadOnlyList<long>, Exception, Exception>? Failure { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It does not return one tensor.</exception>
    public override Tensor forward(Tensor input)
    {
        try
        {
            return script.call(input);
        }
        catch (ExternalException exception) when (Failure is not null)
        {
            throw Failure(input.shape, exception);
        }
        catch (Exception exception)
            when (exception is InvalidCastException or ArgumentOutOfRangeException or NullReferenceException)
        {
            throw new ArgumentException("Found an output that is not one tensor, expected logits.", exception);
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
