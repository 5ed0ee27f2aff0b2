using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>CUDA devices; ROCm's answer to the same name.</summary>
    public static partial class cuda
    {
        public static bool is_available() => TryInitializeDeviceType(DeviceType.CUDA);

        public static bool is_cudnn_available() => is_available() && NativeMethods.td_cudnn_available() != 0;

        public static int device_count()
        {
            Native.EnsureLoaded();
            return NativeMethods.td_cuda_count();
        }

        /// <summary>Seeds the current device; nothing happens where there is none.</summary>
        public static void manual_seed(long seed)
        {
            if (is_available()) Native.Check(NativeMethods.td_cuda_seed((ulong)seed));
        }

        /// <summary>Seeds every device; nothing happens where there is none.</summary>
        public static void manual_seed_all(long seed)
        {
            if (is_available()) Native.Check(NativeMethods.td_cuda_seed_all((ulong)seed));
        }

        /// <summary>Waits until the device has finished.</summary>
        public static void synchronize(Device? device = null)
        {
            InitializeDeviceType(DeviceType.CUDA);
            Native.Check(NativeMethods.td_cuda_synchronize(device?.index ?? -1));
        }
    }
}
