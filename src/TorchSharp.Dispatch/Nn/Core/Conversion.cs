using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Dispatching;

/// <summary>How <c>module.to</c> makes new parameters and buffers; false where nothing has to change.</summary>
internal static class Conversion
{
    public static bool IsFloatingPointOrComplex(ScalarType type) => type is
        ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or
        ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool Parameter(Parameter parameter, ScalarType? dtype, Device? device, bool nonBlocking, [NotNullWhen(true)] out Parameter? moved)
    {
        using var gradient = parameter.grad;
        var (type, place) = Target(parameter, dtype, device);
        moved = null;
        if (IsThere(parameter, type, place) && (gradient is null || IsThere(gradient, type, place))) return false;

        using var _ = no_grad();
        moved = new Parameter(parameter.to(type, place, copy: IsThere(parameter, type, place), non_blocking: nonBlocking), parameter.requires_grad);
        moved.DetachFromDisposeScope();
        if (gradient is not null)
        {
            using var movedGradient = gradient.to(type, place, non_blocking: nonBlocking);
            moved.grad = movedGradient;
        }
        return true;
    }

    public static bool Buffer(Tensor buffer, ScalarType? dtype, Device? device, bool nonBlocking, [NotNullWhen(true)] out Tensor? moved)
    {
        var (type, place) = Target(buffer, dtype, device);
        moved = IsThere(buffer, type, place) ? null : buffer.to(type, place, non_blocking: nonBlocking).DetachFromDisposeScope();
        return moved is not null;
    }

    private static (ScalarType, Device) Target(Tensor tensor, ScalarType? dtype, Device? device) =>
        (dtype is { } wanted && IsFloatingPointOrComplex(tensor.dtype) ? wanted : tensor.dtype, device ?? tensor.device);

    private static bool IsThere(Tensor tensor, ScalarType type, Device device) =>
        tensor.dtype == type && tensor.device_type == device.type && (device.type == DeviceType.CPU || device.index < 0 || tensor.device_index == device.index);
}
