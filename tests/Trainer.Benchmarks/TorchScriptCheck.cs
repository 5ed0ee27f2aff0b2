using System.Globalization;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using static TorchSharp.torch.nn.functional;

namespace Trainer.Benchmarks;

/// <summary>
/// How far the TorchScript of a peer is from Trainer's own network and attack, with the same weights.
/// </summary>
/// <param name="Logits">Largest difference of the logits, in evaluation mode.</param>
/// <param name="Pixels">
/// Share of the adversarial images' values that differ. Rounding decides many signs of TRADES's small gradients, and in
/// the ResNet weights that differ by 1e-6 change a quarter of the values: there the loss is compared alone.
/// </param>
/// <param name="Loss">Difference of the adversarial images' cross-entropy, relative.</param>
/// <param name="Weights">
/// Largest difference of the weights after a training step on the same adversarial images.
/// </param>
/// <param name="Statistics">
/// The same of the running statistics of batch norm, relative to the largest; 0 without batch norm.
/// </param>
/// <param name="Update">The largest change that the step made to a weight.</param>
internal sealed record TorchScriptCheck(
    double Logits, double Pixels, double Loss, double Weights, double Statistics, double Update)
{
    private const double Tolerance = 1e-4;
    private const double MostLoss = 0.01;
    private const double MostPixels = 0.01;

    /// <summary>
    /// Makes an attack and a training step with both, from the same weights, the same start and the same adversarial
    /// images.
    /// </summary>
    /// <exception cref="InvalidOperationException">They differ.</exception>
    public static TorchScriptCheck Of(
        jit.CompilationUnit script, TorchScriptWorkload workload, Module network, Tensor[] weights, Tensor[] statistics,
        bool channelsLast)
    {
        using var scope = NewDisposeScope();
        Tensor[] own = [.. network.parameters(), .. TorchScriptSteps.BatchNormStatistics(network)];
        using (no_grad())
        {
            foreach (var (tensor, current) in own.Zip([.. weights, .. statistics]))
                tensor.copy_(current);
        }
        Tensor[] before = [.. own.Select(tensor => tensor.detach().clone())];
        var x = rand(workload.BatchSize, workload.Shape.Channels, workload.Shape.Height, workload.Shape.Width);
        var y = randint(0, 10, [workload.BatchSize]);
        var logits = LogitsDifference(script, network, weights, statistics, x);
        var adversarial = OwnAttack(workload, network, x, y);
        var start = workload.Objective == "trades" ? StartSource(workload).Normal(x).mul_(0.001).add_(x) : x.clone();
        var scripted = (Tensor)script.invoke("attack", weights, statistics, x, y, start);
        var (loss, scriptedLoss) = (CrossEntropy(network, adversarial, y), CrossEntropy(network, scripted, y));
        var pixels = (adversarial - scripted).abs().gt(Tolerance).to(ScalarType.Float32).mean().item<float>();
        OwnStep(workload, network, x, adversarial, y);
        var trained = ScriptStep(script, weights, statistics, channelsLast, x, adversarial, y);
        var check = new TorchScriptCheck(
            logits, pixels, Math.Abs(loss - scriptedLoss) / loss, Largest(own[..weights.Length], trained),
            Largest(own[weights.Length..], trained[weights.Length..]), Largest(own[..weights.Length], before));
        return check is { Logits: <= Tolerance, Weights: <= Tolerance, Statistics: <= Tolerance }
            && check.Weights <= 0.1 * check.Update && check.Loss <= MostLoss
            && (workload.Objective == "trades" || network.buffers().Any() || check.Pixels <= MostPixels) ? check
            : throw new InvalidOperationException($"The TorchScript of {workload.Name} differs from Trainer: {check}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"logits differ by {Logits:G2}, adversarial images at {Pixels:P2} and in loss by {Loss:P3}, "
        + $"weights after a step of {Update:G2} by {Weights:G2}");

    private static double LogitsDifference(
        jit.CompilationUnit script, Module network, Tensor[] weights, Tensor[] statistics, Tensor x)
    {
        network.eval();
        using var noGrad = no_grad();
        return Largest([network.call(x)], [(Tensor)script.invoke("network", weights, statistics, x, false)]);
    }

    private static Tensor OwnAttack(TorchScriptWorkload workload, Module network, Tensor x, Tensor y)
    {
        network.eval();
        using var classifier = new Classifier(network, 10);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        var (attack, loss) = workload.Objective == "trades"
            ? (new Pgd { Steps = 10, StepSize = 0.025, GaussianStart = 0.001 },
            (AttackLoss)new KlLoss(y, classifier.Logits(x).log_softmax(1).detach()))
            : (new Pgd { Steps = 10, StepSize = 0.025, RandomStart = false }, new CrossEntropyLoss(y));
        return attack.Run(new AttackBatch(
            classifier, x, loss, threat, StartSource(workload)) with
        { StopAtSuccess = false }).Images;
    }

    private static double CrossEntropy(Module network, Tensor adversarial, Tensor y)
    {
        using var noGrad = no_grad();
        return cross_entropy(network.call(adversarial), y).item<float>();
    }

    private static void OwnStep(TorchScriptWorkload workload, Module network, Tensor x, Tensor adversarial, Tensor y)
    {
        network.train();
        var optimizer = optim.SGD(network.parameters(), 0.01, momentum: 0.9, weight_decay: 5e-4, nesterov: true);
        optimizer.zero_grad();
        manual_seed(1); // for dropout
        var loss = cross_entropy(network.call(workload.Objective == "trades" ? x : adversarial), y);
        if (workload.Objective == "trades")
            loss += 6.0 / x.shape[0] * kl_div(
                network.call(adversarial).log_softmax(1), network.call(x).softmax(1), log_target: false,
                reduction: nn.Reduction.Sum);
        loss.backward();
        optimizer.step();
    }

    /// <summary>The weights and batch norm statistics that the script trains; its own are left as they are.</summary>
    private static Tensor[] ScriptStep(
        jit.CompilationUnit script, Tensor[] weights, Tensor[] statistics, bool channelsLast, Tensor x,
        Tensor adversarial, Tensor y)
    {
        var trained = (Tensor[])script.invoke(
            "prepare", weights.Select(weight => weight.detach()).ToArray(), channelsLast);
        Tensor[] running = [.. statistics.Select(statistic => statistic.clone())];
        Tensor[] momenta = [.. trained.Select(weight => zeros_like(weight))];
        manual_seed(1);
        script.invoke("train", trained, running, momenta, x, adversarial, y);
        return [.. trained, .. running];
    }

    private static RandomSource StartSource(TorchScriptWorkload workload) =>
        RandomSource.ForExamples(
        RandomKey.Of(0), [.. Enumerable.Range(0, workload.BatchSize).Select(row => (long)row)]);

    /// <summary>The largest difference of two tensors, relative to the largest value where that is above 1.</summary>
    private static double Largest(IEnumerable<Tensor> one, IEnumerable<Tensor> other)
    {
        using var noGrad = no_grad();
        return one.Zip(other, (a, b) => (a - b).abs().max().item<float>() / Math.Max(1, a.abs().max().item<float>()))
            .DefaultIfEmpty().Max();
    }
}
