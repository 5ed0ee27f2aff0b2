using TorchSharp.Modules;
using Trainer.Robustness.Bounds.Rules;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Bounds;

/// <summary>
/// Lower bounds of functions of the logits with the best slopes of the ReLUs' lower lines that gradient ascent finds,
/// for each function its own (alpha-CROWN, Xu et al. 2021, arXiv:2011.13824). Intermediate bounds stay those of CROWN:
/// their slopes are not optimised.
/// </summary>
internal static class AlphaSlopes
{
    // As in the public code.
    private const double StepSize = 0.1;
    private const double StepDecay = 0.98;
    private const double MomentDecay = 0.9;
    private const double SquareDecay = 0.999;

    /// <param name="graph">The network.</param>
    /// <param name="bounds">Its intervals.</param>
    /// <param name="specification">The functions.</param>
    /// <param name="steps">Steps of the ascent.</param>
    /// <returns>Float [N, S]: the best bound of each function, at least CROWN's.</returns>
    public static Tensor Lower(BoundGraph graph, NetworkBounds bounds, DenseSpecification specification, int steps)
    {
        bounds.Compute();
        using var enabled = enable_grad();
        var slopes = graph.Nodes.Where(node => node.Rule is ReluRule).ToDictionary(
            node => node, node => (Tensor)Initial(bounds[node.Inputs[0]], specification.Matrix.shape[1]));
        List<Parameter> parameters = [.. slopes.Values.Cast<Parameter>()];
        using var optimizer = optim.Adam(
            parameters, StepSize, beta1: MomentDecay, beta2: SquareDecay, maximize: true);
        Tensor? best = null;
        for (var step = 0; ; step++)
        {
            using var scope = NewDisposeScope();
            var lower = bounds.LowerByCrown(specification, slopes);
            best ??= lower.detach().clone().MoveToOuterDisposeScope();
            best.copy_(maximum(best, lower.detach()));
            if (step == steps)
                return best;
            foreach (var (slope, gradient) in parameters.Zip(GuardedCalls.Gradients(lower.sum(), parameters)))
                slope.grad = gradient;
            optimizer.step();
            using var noGrad = no_grad();
            foreach (var slope in parameters)
                slope.clamp_(0, 1);
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate *= StepDecay;
        }
    }

    private static Parameter Initial(Interval input, long functions)
    {
        var slope = ReluRule.AdaptiveSlope(input).unsqueeze(1);
        return new(slope.expand([slope.shape[0], functions, .. slope.shape[2..]]).clone().detach());
    }
}
