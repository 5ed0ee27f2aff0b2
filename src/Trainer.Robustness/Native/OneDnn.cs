using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Trainer.Robustness.Native;

/// <summary>
/// On some processors the oneDNN inside libtorch 2.10 computes a wrong gradient of a convolution's input where the
/// number of output channels is no multiple of its vectors' length, and wrong outputs where that of more than 16 input
/// channels is none; in bfloat16 also gradients where fewer input channels are none (seen on an AMD EPYC, family 26,
/// in a virtual machine: values and NaN from memory that was never written). For a network with such a layer, and for
/// second derivatives, it is tried on one convolution, once, and switched off where it is wrong.
/// </summary>
public static class OneDnn
{
    // Float32 values in the longest vector.
    private const long VectorLength = 16;
    private static Lazy<bool> tried = new(IsWrong);

    /// <summary>Whether it computes such gradients wrongly on this processor. Tries one convolution, once.</summary>
    public static bool IsWrongHere
    {
        get => tried.Value;
        internal set => tried = new(() => value); // For tests: no one processor shows both.
    }

    /// <summary>What <see cref="IsDisabled"/> means for the user.</summary>
    public const string Explanation =
        "on this processor, libtorch's oneDNN computes wrong results of convolutions whose output channels, or more "
        + "than 16 input channels, are no multiple of 16, and wrong second derivatives. For networks with such layers, "
        + "and for objectives that differentiate twice, Trainer switches it off: results are right, and several times "
        + "slower. Channels in multiples of 16 are fast with other objectives";

    /// <summary>Whether it was switched off: libtorch's own convolutions are right and several times slower.</summary>
    public static bool IsDisabled
    {
        get;
        internal set
        {
            SetEnabled(!value);
            field = value;
        }
    }

    /// <summary>
    /// Switches oneDNN off for this process, if it would compute wrong gradients of one of the modules.
    /// </summary>
    /// <exception cref="NotSupportedException">It would, and cannot be switched off on this system.</exception>
    internal static void DisableIfWrongFor(IReadOnlyList<TorchSharp.torch.nn.Module> modules)
    {
        if (!IsDisabled && AreAtRisk(modules))
            DisableIfWrong();
    }

    /// <summary>Whether a network has a convolution that it may compute wrongly, and that is not padded.</summary>
    internal static bool AreAtRisk(IReadOnlyList<TorchSharp.torch.nn.Module> modules)
    {
        var even = modules.OfType<IEvenChannels>().SelectMany(network => network.Convolutions).ToHashSet();
        // A network of our own operations pads its channels in bfloat16.
        var padded = modules.Where(module => module is INetworkGraph).SelectMany(network => network.modules())
            .ToHashSet();
        return modules.Any(module => !(module is Conv2d convolution && even.Contains(convolution))
            && (IsAtRisk(module) || (!padded.Contains(module) && IsAtRiskInBFloat16(module))));
    }

    /// <summary>
    /// Switches oneDNN off for this process, if it computes anything wrongly here: a second derivative has convolutions
    /// over the batch in the place of channels.
    /// </summary>
    /// <exception cref="NotSupportedException">It does, and cannot be switched off on this system.</exception>
    internal static void DisableIfWrongForSecondDerivatives(Module network)
    {
        if (network.parameters().All(parameter => parameter.device_type == DeviceType.CPU))
            DisableIfWrong();
    }

    /// <summary>Switches oneDNN off for this process, if it computes anything wrongly here.</summary>
    /// <exception cref="NotSupportedException">It does, and cannot be switched off on this system.</exception>
    internal static void DisableIfWrong()
    {
        if (!IsDisabled && IsWrongHere)
            IsDisabled = true;
    }

    private static bool IsAtRisk(TorchSharp.torch.nn.Module module) => module switch
    {
        TorchScriptNetwork script => script.HasUnevenChannels,
        ConvTranspose2d transposed => IsAtRisk(
            transposed.out_channels / transposed.groups, transposed.in_channels / transposed.groups),
        Convolution convolution => IsAtRisk(
            convolution.in_channels / convolution.groups, convolution.out_channels / convolution.groups),
        _ => false,
    } && module.parameters().All(parameter => parameter.device_type == DeviceType.CPU);

    private static bool IsAtRiskInBFloat16(TorchSharp.torch.nn.Module module) =>
        module is Convolution { weight: { dtype: ScalarType.BFloat16, device_type: DeviceType.CPU } } convolution
        && (MissingOutputs(convolution.in_channels / convolution.groups) > 0
            || MissingOutputs(convolution.out_channels / convolution.groups) > 0);

    /// <summary>Whether a convolution has channels that it may compute wrongly.</summary>
    /// <param name="inputs">Input channels of a group; of a transposed convolution its outputs.</param>
    /// <param name="outputs">Output channels of a group; of a transposed convolution its inputs.</param>
    internal static bool IsAtRisk(long inputs, long outputs) =>
        MissingInputs(inputs) > 0 || MissingOutputs(outputs) > 0;

    /// <summary>Whether it does compute a convolution of these channels wrongly, here and now.</summary>
    /// <inheritdoc cref="IsAtRisk(long, long)"/>
    internal static bool IsWrongFor(long inputs, long outputs) =>
        IsAtRisk(inputs, outputs) && !IsDisabled && IsWrongHere;

    /// <summary>How many more input channels a convolution needs; up to 16 are correct in float32.</summary>
    internal static long MissingInputs(long channels) => channels <= VectorLength ? 0 : MissingOutputs(channels);

    /// <summary>How many more output channels a convolution needs.</summary>
    internal static long MissingOutputs(long channels) =>
        (VectorLength - (channels % VectorLength)) % VectorLength;

    private static bool IsWrong()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (images, weight) = (rand([2, 16, 32, 32], generator: generator),
            rand([20, 16, 3, 3], generator: generator));
        var difference = Gradient(images, weight) - Gradient(
            images.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        return !(difference.abs().max().item<double>() < 1e-3);
    }

    /// <summary>Of the sum of a convolution's outputs. In float64 oneDNN has no part.</summary>
    private static Tensor Gradient(Tensor images, Tensor weight)
    {
        using var enabled = enable_grad();
        var input = images.detach().requires_grad_();
        var output = nn.functional.conv2d(input, weight, padding: [1, 1]);
        return GuardedCalls.Gradients(output.sum(), [input])[0]!;
    }

    private static unsafe void SetEnabled(bool isEnabled)
    {
        var library = Path.Combine(Libtorch.Load().Folder, "libtorch_cpu.so");
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(library, out var handle)
            || !NativeLibrary.TryGetExport(handle, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(handle, "_ZN2at7Context20setUserEnabledMkldnnEb", out var setEnabled))
        {
            throw new NotSupportedException(
                "On this processor libtorch computes wrong results of convolutions whose channels are no multiple of "
                + $"{VectorLength}, and wrong second derivatives. Set ONEDNN_MAX_CPU_ISA=AVX in the environment, "
                + "or choose such channels and an objective that does not differentiate twice.");
        }
        // Where oneDNN is off, NNPACK would convolve by transforms, whose rounding is larger.
        nint[] switches = NativeLibrary.TryGetExport(handle, "_ZN2at7Context20setUserEnabledNNPACKEb", out var nnpack)
            ? [setEnabled, nnpack] : [setEnabled];
        foreach (var each in switches)
            ((delegate* unmanaged<nint, byte, void>)each)(
                ((delegate* unmanaged<nint>)context)(), isEnabled ? (byte)1 : (byte)0);
    }
}
