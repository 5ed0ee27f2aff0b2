using Trainer.Robustness.Bounds.Rules;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Bounds;

/// <summary>
/// Lower bounds of functions of the logits with the best slopes of the ReLUs' lower lines that gradient ascent finds,
/// for each function its own (alpha-CROWN, Xu et al. 2021, arXiv:2011.13824). Intermediate bounds stay those of
/// CROWN: their slopes are not optimised.
/// </summary>
internal static class AlphaSlopes
{
    // Adam's, as in the public code.
    private const double StepSize = 0.1;
    private const double StepDecay = 0.98;
    private const double MomentDecay = 0.9;
    private const double SquareDecay = 0.999;
    private const double Tiny = 1e-8;

    /// <param name="graph">The network.</param>
    /// <param name="bounds">Its intervals.</param>
    /// <param name="specification">The functions.</param>
    /// <param name="steps">Steps of the ascent.</param>
    /// <returns>Float [N, S]: the best bound of each function, at least CROWN's.</returns>
    public static Tensor Lower(BoundGraph graph, NetworkBounds bounds, DenseSpecification specification, int steps)
    {
        using var enabled = enable_grad();
        var slopes = graph.Nodes.Where(node => node.Rule is ReluRule).ToDictionary(
            node => node, node => Initial(bounds[node.Inputs[0]], specification.Matrix.shape[1]));
        List<(Tensor Slope, Tensor Moment, Tensor Square)> states =
            [.. slopes.Values.Select(slope => (slope, zeros_like(slope), zeros_like(slope)))];
        var best = bounds.LowerByCrown(specification, slopes).detach();
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var lower = bounds.LowerByCrown(specification, slopes);
            best.copy_(maximum(best, lower.detach()));
            var gradients = GuardedCalls.Gradients(lower.sum(), [.. states.Select(state => state.Slope)]);
            foreach (var (state, gradient) in states.Zip(gradients))
                if (gradient is not null)
                    Ascend(state, gradient, step);
        }
        using var last = NewDisposeScope();
        using var noGrad = no_grad();
        best.copy_(maximum(best, bounds.LowerByCrown(specification, slopes)));
        return best;
    }

    private static Tensor Initial(Interval input, long functions)
    {
        var slope = ReluRule.AdaptiveSlope(input).unsqueeze(1);
        return slope.expand([slope.shape[0], functions, .. slope.shape[2..]]).clone().detach().requires_grad_();
    }

    private static void Ascend((Tensor Slope, Tensor Moment, Tensor Square) state, Tensor gradient, int step)
    {
        using var noGrad = no_grad();
        state.Moment.mul_(MomentDecay).add_(gradient, alpha: 1 - MomentDecay);
        state.Square.mul_(SquareDecay).addcmul_(gradient, gradient, 1 - SquareDecay);
        var moment = state.Moment / (1 - Math.Pow(MomentDecay, step));
        var deviation = (state.Square / (1 - Math.Pow(SquareDecay, step))).sqrt() + Tiny;
        var size = StepSize * Math.Pow(StepDecay, step - 1);
        state.Slope.add_(moment / deviation, alpha: size).clamp_(0, 1);
    }
}
