using System.Globalization;
using TorchSharp;

namespace Trainer.Cli.Recipes;

/// <summary>The most memory that this process has used so far.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Key = "VmHWM:";

    /// <summary>Bytes on the device; of the whole process on a CPU. Null where nothing tells.</summary>
    public static long? Of(Device device) => device.type == DeviceType.CPU ? OfProcess() : OfGpu(device.index);

    private static long? OfProcess() =>
        File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line[Key.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) : null;

    /// <summary>Only the system provider tells.</summary>
    private static long? OfGpu(int index) =>
        (long?)typeof(torch).Assembly.GetType("TorchDispatch.NativeTorch")?.GetMethod("MemoryPeak")?.Invoke(null, [index]);
}
