namespace Trainer.Robustness.Bounds;

/// <summary>
/// Linear functions of one node's values: the rows of the specification matrix, whose coefficients go back through the
/// network together, S rows of them. A row may hold several functions that depend on different pixels, so that there
/// are M functions, M at least S.
/// </summary>
internal interface ISpecification
{
    /// <summary>The coefficients at the node that the functions are of: float [N or 1, S, …].</summary>
    Tensor Matrix { get; }

    /// <summary>Values of a node as its coefficients meet them.</summary>
    /// <param name="values">Float [N or 1, …], whose pixels may be broadcast.</param>
    /// <param name="node">Where the coefficients are.</param>
    /// <returns>Float, to be broadcast over the coefficients.</returns>
    Tensor At(Tensor values, GraphNode node) => values.unsqueeze(1);

    /// <summary>The coefficients without those of pixels outside the image.</summary>
    /// <param name="coefficients">Float [N or 1, S, …].</param>
    /// <param name="node">Where the coefficients are.</param>
    Tensor Inside(Tensor coefficients, GraphNode node) => coefficients;

    /// <summary>Of each function, the sum of its coefficients times some values.</summary>
    /// <param name="coefficients">Float [N or 1, S, …].</param>
    /// <param name="values">Float [N or 1, …], whose pixels may be broadcast.</param>
    /// <param name="node">Where the coefficients are.</param>
    /// <returns>Float [N or 1, M].</returns>
    Tensor Sum(Tensor coefficients, Tensor values, GraphNode node);

    /// <summary>Of each function, the largest of its coefficients.</summary>
    /// <param name="coefficients">Float [N or 1, S, …], at least 0.</param>
    /// <param name="node">Where the coefficients are.</param>
    /// <returns>Float [N or 1, M].</returns>
    Tensor Max(Tensor coefficients, GraphNode node);
}
