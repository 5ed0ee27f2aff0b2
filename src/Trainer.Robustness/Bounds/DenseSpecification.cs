namespace Trainer.Robustness.Bounds;

/// <summary>One function a row.</summary>
/// <param name="matrix">Float [N or 1, S, …].</param>
internal sealed class DenseSpecification(Tensor matrix) : ISpecification
{
    /// <inheritdoc/>
    public Tensor Matrix => matrix;

    /// <summary>Some of a node's values, and the same with the sign changed.</summary>
    /// <param name="like">Float [N, …], the node's values.</param>
    /// <param name="units">Int64 [U], positions in a flattened row of the values.</param>
    public static DenseSpecification Units(Tensor like, Tensor units)
    {
        var count = units.shape[0];
        var rows = nn.functional.one_hot(units, like.numel() / like.shape[0]).to(like.dtype);
        return new(cat([rows, -rows], 0).reshape([1, 2 * count, .. like.shape[1..]]));
    }

    /// <inheritdoc/>
    public Tensor Sum(Tensor coefficients, Tensor values, GraphNode node)
    {
        var flat = coefficients.flatten(2);
        var row = values.expand([values.shape[0], .. coefficients.shape[2..]]).flatten(1);
        return (flat.shape[0], row.shape[0]) switch
        {
            (1, _) => row.mm(flat[0].t()),
            (_, 1) => flat.flatten(0, 1).mv(row[0]).reshape(flat.shape[0], flat.shape[1]),
            _ => flat.bmm(row.unsqueeze(2)).squeeze(2),
        };
    }

    /// <inheritdoc/>
    public Tensor Max(Tensor coefficients, GraphNode node) => coefficients.flatten(2).amax(2);
}
