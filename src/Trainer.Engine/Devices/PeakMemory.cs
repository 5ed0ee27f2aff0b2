using System.Globalization;
using TorchSharp;

namespace Trainer.Engine.Devices;

/// <summary>The most memory that this process has used so far.</summary>
public static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Key = "VmHWM:";

    /// <summary>Bytes; of the whole process on a CPU. Null on a GPU, whose memory TorchSharp does not report.</summary>
    public static long? Of(Device device) => device.type == DeviceType.CPU ? OfProcess() : null;

    private static long? OfProcess() =>
        File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(
        line => line.StartsWith(Key, StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line[Key.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) : null;
}
