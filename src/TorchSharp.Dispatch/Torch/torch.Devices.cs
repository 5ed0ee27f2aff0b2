using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // Devices and their start.
    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);
    private static Device defaultDevice = CPU;

    public static Device CUDA => InitializeDevice(new Device(DeviceType.CUDA));

    public static Device device(string description) => InitializeDevice(new Device(description));
    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));
    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));
    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static Device get_default_device() => defaultDevice;
    public static void set_default_device(Device device) => defaultDevice = InitializeDevice(device);
    public static void set_default_device(string device) => set_default_device(new Device(device));

    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>Loads libtorch and says whether it can use this kind of device.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        Native.EnsureLoaded();
        return deviceType switch
        {
            DeviceType.CUDA => NativeMethods.td_cuda_available() != 0,
            DeviceType.MPS => false,
            _ => true,
        };
    }

    /// <summary>Loads libtorch.</summary>
    /// <exception cref="InvalidOperationException">It cannot use this kind of device here.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine (libtorch {Native.Version}).");
    }

    /// <summary>The device itself, or the default one, once it is known to work.</summary>
    public static Device InitializeDevice(Device? device)
    {
        var chosen = device ?? defaultDevice;
        if (chosen.type != DeviceType.CPU) InitializeDeviceType(chosen.type);
        return chosen;
    }
}
