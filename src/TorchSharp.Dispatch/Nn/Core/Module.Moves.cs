using System.Reflection;
using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloatingPoint(dtype);
                _toEpilog(dtype, device, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloatingPoint(dtype);
                _toEpilog(dtype, null, non_blocking);
                return this;
            }

            /// <summary>
            /// Moves and converts: what is not yet as wanted is replaced by a new Parameter or Tensor, which the field or property of that name is set to.
            /// </summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (device?.type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
                foreach (var child in children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                foreach (var (key, parameter) in named_parameters(false).ToList())
                {
                    if (!Conversion.Parameter(parameter, dtype, device, non_blocking, out var moved)) continue;
                    ConditionallyRegisterParameter(key, moved);
                    SetMember(key, moved);
                    parameter.Dispose();
                }
                foreach (var (key, buffer) in named_buffers(false).ToList())
                {
                    if (!Conversion.Buffer(buffer, dtype, device, non_blocking, out var moved)) continue;
                    ConditionallyRegisterBuffer(key, moved);
                    SetMember(key, moved);
                    buffer.Dispose();
                }
            }

            private static void RequireFloatingPoint(ScalarType dtype)
            {
                if (!Conversion.IsFloatingPointOrComplex(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}", nameof(dtype));
            }

            private void SetMember(string key, Tensor? value)
            {
                var property = GetType().GetProperty(key, BindingFlags.Public | BindingFlags.Instance);
                if (property is { CanWrite: true }) property.SetValue(this, value);
                else Fields(GetType()).FirstOrDefault(field => field.ComponentName() == key)?.SetValue(this, value);
            }
        }
    }
}
