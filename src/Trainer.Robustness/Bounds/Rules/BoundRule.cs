namespace Trainer.Robustness.Bounds.Rules;

/// <summary>How bounds go through one kind of layer.</summary>
internal abstract class BoundRule
{
    /// <summary>Whether a linear bound of the layer depends on bounds of its input.</summary>
    public virtual bool IsRelaxed => false;

    /// <summary>Whether one output depends on several inputs.</summary>
    public virtual bool Mixes => false;

    /// <summary>
    /// Whether <see cref="Backward"/> takes coefficients of windows (<see cref="WindowSpecification"/>).
    /// </summary>
    public virtual bool TakesWindows => false;

    /// <summary>The values of a batch, in the mode of the layer.</summary>
    public abstract Tensor Forward(IReadOnlyList<Tensor> inputs);

    /// <summary>The interval of the outputs, from those of the inputs.</summary>
    public abstract Interval Bounds(IReadOnlyList<Interval> inputs);

    /// <summary>
    /// The largest error of the outputs by rounding, in the network and in its bounds, where the inputs are exact; null
    /// where nothing is rounded.
    /// </summary>
    /// <param name="inputs">The intervals of the inputs.</param>
    /// <param name="roundoff">Of the arithmetic.</param>
    public virtual Tensor? Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff) => null;

    /// <summary>The absolute values of the constants in the outputs; null where there are none.</summary>
    /// <param name="dimensions">Of the outputs.</param>
    /// <returns>Float, to be broadcast over the outputs.</returns>
    public virtual Tensor? Constants(long dimensions) => null;

    /// <summary>The coefficients of the inputs in lower bounds of functions of the outputs.</summary>
    /// <param name="step">The coefficients of the outputs; takes what is constant.</param>
    /// <returns>Float [N or 1, S, …] for each input.</returns>
    public abstract IReadOnlyList<Tensor> Backward(BackwardStep step);

    /// <summary>The pixels before the layer that a window of pixels behind it depends on; null for no window.</summary>
    public virtual Window? Before(Window window) => window;
}
