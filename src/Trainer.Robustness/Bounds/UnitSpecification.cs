namespace Trainer.Robustness.Bounds;

/// <summary>
/// Some values of a node, and the same with the sign changed, of any images: the coefficients' first dimension are the
/// two signs, their second the values.
/// </summary>
internal class UnitSpecification : ISpecification
{
    /// <param name="like">Float [N, …] in the form of the node's values.</param>
    /// <param name="units">Int64 [U], positions in its flattened values, in ascending order.</param>
    public UnitSpecification(Tensor like, Tensor units)
        : this(like, units, like.numel() / like.shape[0], like.shape[1..])
    {
    }

    /// <param name="like">Float [N, …] in the form of the node's values.</param>
    /// <param name="units">Int64 [U], positions in its flattened values, in ascending order.</param>
    /// <param name="kinds">How many values of an image have different coefficients.</param>
    /// <param name="shape">Of a value's coefficients.</param>
    protected UnitSpecification(Tensor like, Tensor units, long kinds, long[] shape)
    {
        var each = like.numel() / like.shape[0];
        Image = units.div(each, RoundingMode.floor);
        var kind = units.remainder(each).div(each / kinds, RoundingMode.floor);
        var one = nn.functional.one_hot(kind, kinds).to(like.dtype);
        Matrix = stack([one, -one], 0).reshape([2, units.shape[0], .. shape]);
    }

    /// <inheritdoc/>
    public Tensor Matrix { get; }

    /// <summary>Int64 [U], the image of each value.</summary>
    protected Tensor Image { get; }

    /// <inheritdoc/>
    public virtual Tensor At(Tensor values, GraphNode node) =>
        (values.shape[0] == 1 ? values : values.index_select(0, Image)).unsqueeze(0);

    /// <inheritdoc/>
    public virtual Tensor Inside(Tensor coefficients, GraphNode node) => coefficients;

    /// <inheritdoc/>
    public Tensor Sum(Tensor coefficients, Tensor values, GraphNode node) => coefficients.flatten(2).transpose(0, 1)
        .bmm(At(values, node).expand([1, .. coefficients.shape[1..]]).flatten(2).squeeze(0).unsqueeze(2))
        .squeeze(2).t();

    /// <inheritdoc/>
    public Tensor Max(Tensor coefficients, GraphNode node) => Inside(coefficients, node).flatten(2).amax(2);
}
