using System.Diagnostics;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Robustness.Models;

namespace Trainer.Benchmarks.Rows;

/// <summary>
/// Gradient norm, SGD with momentum and an average of the weights over the 62 tensors of a PreActResNet-18, against
/// PyTorch's foreach functions.
/// </summary>
internal sealed class OptimizerRow : IRow
{
    public string Name => "optimizer-ema-norm";

    public IEnumerable<Ratio> Measure(Effort effort)
    {
        using var peer = Peer.OfPython("steps.py", Name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = new PreActResNet18().Build(new(3, 32, 32), 10);
        using var parameters = new FlatParameters(network, channelsLast: true);
        using var optimizer = new Sgd { LearningRate = 1e-3 }.Start(parameters);
        using var average = parameters.Values.clone();
        parameters.Gradients.normal_(0, 1e-3);
        void Step()
        {
            using var inner = NewDisposeScope();
            parameters.Gradients.norm();
            optimizer.Step(1e-3);
            average.mul_(0.995).add_(parameters.Values, alpha: 0.005);
        }

        const int Steps = 10;
        Step();
        var ratios = new List<double>();
        for (var round = 0; round < effort.Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var step = 0; step < Steps; step++)
                Step();
            var own = clock.Elapsed.TotalMilliseconds;
            ratios.Add(peer.Run(Steps) / own);
        }
        return [new(Name, ratios, 10, Peer: peer.Name)];
    }
}
