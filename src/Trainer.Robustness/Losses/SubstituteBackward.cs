namespace Trainer.Robustness.Losses;

/// <summary>
/// A layer with another layer's gradient: backward pass differentiable approximation (Athalye et al. 2018,
/// arXiv:1802.00420, section 4.1), for a layer whose own gradient is zero, undefined or misleading. Put it in the
/// layer's place in the network that is attacked.
/// </summary>
public sealed class SubstituteBackward : Module
{
    private readonly Module exact;
    private readonly Module? substitute;

    /// <param name="exact">Whose values are taken, to the last bit.</param>
    /// <param name="substitute">Whose gradient is taken, of outputs of the same shape; null for the identity's.</param>
    public SubstituteBackward(Module exact, Module? substitute = null) : base("substitute-backward")
    {
        (this.exact, this.substitute) = (exact, substitute);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = ValuesOf(input);
        var smooth = substitute is null ? input : substitute.call(input);
        return (values + (smooth - smooth.detach())).MoveToOuterDisposeScope();
    }

    private Tensor ValuesOf(Tensor input)
    {
        using var noGrad = no_grad();
        return exact.call(input);
    }
}
