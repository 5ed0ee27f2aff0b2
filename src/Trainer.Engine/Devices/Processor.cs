using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Trainer.Engine.Devices;

/// <summary>What the processor can do.</summary>
public static class Processor
{
    private const string Description = "/proc/cpuinfo";

    /// <summary>
    /// Whether it multiplies bfloat16 in hardware (AVX512_BF16 or AMX): without, bfloat16 is slower than float32.
    /// </summary>
    public static bool HasBFloat16 { get; } = Flags().Overlaps(["avx512_bf16", "amx_bf16"]);

    /// <summary>
    /// What the kernels of libtorch, oneDNN and MKL choose their order of sums by: the architecture, of x86 the vector
    /// extensions, and the variables that override them.
    /// </summary>
    public static string Instructions { get; } = string.Join(" ", DescribeInstructions());

    /// <summary>The number of physical cores; of logical ones where the system does not report them.</summary>
    public static int PhysicalCores { get; } = CountCores();

    private static IEnumerable<string> DescribeInstructions()
    {
        yield return $"{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();
        foreach (var (name, found) in ((string, bool)[])[("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
            ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("bf16", HasBFloat16)])
            if (found)
                yield return name;
        foreach (var variable in (string[])["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS",
            "MKL_CBWR"])
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                yield return $"{variable}={value}";
    }

    private static HashSet<string> Flags() =>
        Lines("flags").FirstOrDefault() is { } flags ? [.. flags.Split(' ')] : [];

    private static int CountCores()
    {
        const string status = "/proc/self/status", allowed = "Cpus_allowed_list:";
        var list = !File.Exists(status) ? null : File.ReadLines(status)
            .FirstOrDefault(line => line.StartsWith(allowed, StringComparison.Ordinal))?[allowed.Length..];
        var cores = CountCores(
            Lines("processor").Select(int.Parse), Lines("physical id").Zip(Lines("core id")), list ?? "");
        return cores > 0 ? Math.Min(cores, Environment.ProcessorCount) : Environment.ProcessorCount;
    }

    /// <summary>The physical cores of the logical processors that this process may run on.</summary>
    /// <param name="logical">The number of each logical processor.</param>
    /// <param name="cores">The core of each.</param>
    /// <param name="allowed">The numbers as Linux writes them: "0-3,8"; empty for all.</param>
    internal static int CountCores(IEnumerable<int> logical, IEnumerable<(string, string)> cores, string allowed)
    {
        var ranges = allowed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(range => Array.ConvertAll(range.Split('-'), int.Parse)).ToList();
        return logical.Zip(cores)
            .Where(one => ranges.Count == 0 || ranges.Exists(range => range[0] <= one.First && one.First <= range[^1]))
            .Select(one => one.Second).Distinct().Count();
    }

    private static IEnumerable<string> Lines(string key) => !File.Exists(Description) ? [] : File.ReadLines(Description)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .Where(pair => pair.Length == 2 && pair[0] == key)
        .Select(pair => pair[1]);
}
