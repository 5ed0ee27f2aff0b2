using System.Diagnostics;
using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Engine.Settings;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Benchmarks;

/// <summary>
/// A peer on the same libtorch: AutoAttack in the public order of work as TorchScript. The main program of a process of
/// its own.
/// </summary>
internal static class TorchScriptAutoAttack
{
    private const double Tolerance = 1e-4;

    /// <summary>
    /// Checks the logits, says "ready", then reads "FIRST COUNT" a line and attacks those of Fashion-MNIST's test
    /// images.
    /// </summary>
    /// <param name="weights">A safetensors file of conv-small.</param>
    /// <param name="epsilon">The L-infinity radius.</param>
    public static void Serve(string weights, double epsilon)
    {
        Libtorch.Load();
        set_num_threads(Environment.ProcessorCount);
        using var data = new FashionMnist { Validation = 0 }.Load(MachineSettings.Read().DataRoots);
        using var network = Read(weights);
        var script = TorchScriptSource.Compile("conv_small", "autoattack");
        var prepared = (Tensor[])script.invoke(
            "prepare", (object)network.parameters().Select(parameter => (Tensor)parameter.detach()).ToArray());
        var difference = LogitsDifference(
            (Tensor)script.invoke("logits_of", prepared, Batch(0, 250).Images), network, Batch(0, 250).Images);
        Console.WriteLine(FormattableString.Invariant($"ready logits differ by {difference:G2}"));
        while (Console.ReadLine() is { } line)
        {
            var numbers = line.Split(' ').Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            var (images, labels) = Batch(numbers[0], numbers[1]);
            var clock = Stopwatch.StartNew();
            var robust = (Tensor)script.invoke("run", prepared, images, labels, epsilon);
            var milliseconds = clock.Elapsed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
            Console.WriteLine(
                $"{milliseconds} {string.Concat(robust.data<bool>().Select(survived => survived ? '1' : '0'))}");
        }

        (Tensor Images, Tensor Labels) Batch(long first, long count) =>
            data.Test.Batch(arange(first, first + count, ScalarType.Int64));
    }

    private static Module Read(string weights)
    {
        using var noGrad = no_grad();
        using var file = SafetensorsFile.Open(weights);
        var network = new ConvSmall().Build(new(1, 28, 28), 10);
        foreach (var (name, parameter) in network.named_parameters())
            file.ReadInto(name, parameter);
        network.eval();
        return network;
    }

    private static double LogitsDifference(Tensor logits, Module network, Tensor images)
    {
        using var noGrad = no_grad();
        var difference = (logits - network.call(images)).abs().max().item<float>();
        return difference <= Tolerance ? difference
            : throw new InvalidOperationException(
            $"The TorchScript of conv-small differs from Trainer: logits differ by {difference:G2}.");
    }
}
