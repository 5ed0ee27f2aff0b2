namespace Trainer.Robustness.Bounds;

/// <summary>Linear functions of a layer's outputs, on their way back through the layer.</summary>
/// <param name="node">The layer's.</param>
/// <param name="coefficients">Float [N or 1, S, …].</param>
/// <param name="specification">The functions.</param>
/// <param name="inputs">The bounds of the layer's inputs.</param>
internal sealed class BackwardStep(
    GraphNode node, Tensor coefficients, ISpecification specification, IReadOnlyList<Interval> inputs)
{
    /// <summary>Float [N or 1, S, …].</summary>
    public Tensor Coefficients => coefficients;

    /// <summary>The bounds of the layer's inputs.</summary>
    public IReadOnlyList<Interval> Inputs => inputs;

    /// <summary>
    /// Float [N, S or 1, …], from 0 to 1: the slopes of a ReLU's lower lines; null for the layer's own.
    /// </summary>
    public Tensor? Slopes { get; init; }

    /// <summary>Whether coefficients are of each function's own window of pixels and not of the image.</summary>
    public bool AreWindows => specification is WindowSpecification;

    /// <summary>The coefficients without those of pixels outside the image.</summary>
    public Tensor Inside => specification.Inside(coefficients, node);

    /// <summary>What does not depend on the inputs: float [N or 1, M], or null.</summary>
    public Tensor? Constant { get; private set; }

    /// <summary>Of the arithmetic; null in training, where bounds are not rounded.</summary>
    public Roundoff? Roundoff { get; init; }

    /// <inheritdoc cref="ISpecification.At"/>
    public Tensor At(Tensor values) => specification.At(values, node);

    /// <summary>Adds negative coefficients of the outputs times constant upper bounds, rounded up.</summary>
    /// <param name="negative">Float [N or 1, S, …], nowhere above 0.</param>
    /// <param name="values">Float [N, …].</param>
    public void AddUpper(Tensor negative, Tensor values) => AddConstant(negative, Roundoff is null ? values
        : values + (values.abs() * Roundoff.OfSumOver(values)));

    /// <summary>Adds coefficients of the outputs times constant values.</summary>
    /// <param name="factors">Float [N or 1, S, …].</param>
    /// <param name="values">Float [N or 1, …], whose pixels may be broadcast.</param>
    public void AddConstant(Tensor factors, Tensor values)
    {
        var sum = specification.Sum(factors, values, node);
        Constant = Constant is null ? sum : Constant + sum;
    }
}
