using System.Diagnostics;
using System.Globalization;
using Trainer.Robustness.Native;

namespace Trainer.Benchmarks;

/// <summary>
/// A peer on the same libtorch: training steps as TorchScript, with no C# in the loop. The main program of a process of
/// its own.
/// </summary>
internal sealed class TorchScriptSteps
{
    private const int WarmUp = 3;
    private readonly TorchScriptWorkload workload;
    private readonly jit.CompilationUnit script;
    private readonly Module network;
    private Tensor[] weights;
    private readonly Tensor[] statistics;
    private Tensor[] momenta;
    private readonly Tensor images;
    private readonly Tensor labels;

    private TorchScriptSteps(TorchScriptWorkload workload)
    {
        if (workload.IsTuned)
            set_num_threads(Environment.ProcessorCount);
        this.workload = workload;
        script = TorchScriptSource.Compile(workload.Files);
        network = workload.BuildNetwork();
        statistics = [.. BatchNormStatistics(network).Select(statistic => statistic.clone())];
        var pixels = rand(workload.Images, workload.Shape.Channels, workload.Shape.Height, workload.Shape.Width);
        images = workload.IsTuned ? pixels.mul_(255).to(ScalarType.Byte) : pixels;
        labels = randint(0, 10, [workload.Images]);
        IsChannelsLast = workload.IsTuned && Milliseconds(channelsLast: true) < Milliseconds(channelsLast: false);
        (weights, momenta) = Prepare(IsChannelsLast);
    }

    /// <summary>The memory format of convolutions' weights, of two the one with the faster steps.</summary>
    public bool IsChannelsLast { get; }

    /// <summary>
    /// Checks the script, says "ready" and the check's result, then reads a number of steps a line and answers with the
    /// milliseconds they took.
    /// </summary>
    public static void Serve(TorchScriptWorkload workload)
    {
        Libtorch.Load();
        var peer = new TorchScriptSteps(workload);
        peer.Run(WarmUp);
        var layout = peer.IsChannelsLast ? "channels-last" : "row-major";
        Console.WriteLine($"ready {peer.Check()}{(workload.IsTuned ? $"; {layout}" : "")}");
        while (Console.ReadLine() is { } line)
        {
            var clock = Stopwatch.StartNew();
            peer.Run(long.Parse(line, CultureInfo.InvariantCulture));
            Console.WriteLine(clock.Elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Running means and variances, in the order of the layers.</summary>
    internal static IEnumerable<Tensor> BatchNormStatistics(Module network) =>
        network.named_buffers().Where(entry => !entry.name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
        .Select(entry => entry.buffer);

    private (Tensor[] Weights, Tensor[] Momenta) Prepare(bool channelsLast)
    {
        var prepared = (Tensor[])script.invoke(
            "prepare", network.parameters().Select(parameter => (Tensor)parameter.detach()).ToArray(), channelsLast);
        return (prepared, [.. prepared.Select(weight => zeros_like(weight))]);
    }

    private double Milliseconds(bool channelsLast)
    {
        (weights, momenta) = Prepare(channelsLast);
        Run(WarmUp);
        var clock = Stopwatch.StartNew();
        Run(WarmUp);
        return clock.Elapsed.TotalMilliseconds;
    }

    private void Run(long steps) =>
        script.invoke("run", steps, weights, statistics, momenta, images, labels, (long)workload.BatchSize);

    private TorchScriptCheck Check() =>
        TorchScriptCheck.Of(script, workload, network, weights, statistics, IsChannelsLast);
}
