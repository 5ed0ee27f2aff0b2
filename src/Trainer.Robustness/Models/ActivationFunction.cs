namespace Trainer.Robustness.Models;

internal static class ActivationFunction
{
    /// <summary>The activation of a result that nothing else needs: its memory may be used again.</summary>
    public static Tensor Apply(this Activation activation, Tensor input) =>
        activation == Activation.Relu ? input.relu_() : nn.functional.silu(input);
}
