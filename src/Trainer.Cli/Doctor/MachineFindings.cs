using System.Runtime.InteropServices;
using Trainer.Engine.Devices;
using Trainer.Engine.Settings;

namespace Trainer.Cli.Doctor;

/// <summary>The processor, the runtime and the settings.</summary>
internal static class MachineFindings
{
    public static IEnumerable<Finding> Find(MachineSettings settings)
    {
        yield return new(
            "trainer", $"{TorchVersions.Trainer} on .NET {Environment.Version}, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.ProcessArchitecture}");
        yield return Processor.HasBFloat16
            ? new("precision", "the processor multiplies bfloat16: attackPrecision \"bfloat16\" may be faster on it")
            : new("precision",
            "the processor does not multiply bfloat16: attackPrecision \"bfloat16\" is slower on it");
        var invalid = Threads.Invalid(null);
        var reason = invalid is null && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { } set
            ? $", because OMP_NUM_THREADS is {set}" : "";
        yield return new("threads", $"{Threads.Default} of {Processor.PhysicalCores} physical cores{reason}", invalid);
        yield return new("settings",
            $"device {settings.Device}, checkpoints in {settings.CheckpointRoot}, "
            + $"data in {(settings.DataRoots.Count > 0 ? string.Join(", ", settings.DataRoots) : "the usual places")}");
    }
}
