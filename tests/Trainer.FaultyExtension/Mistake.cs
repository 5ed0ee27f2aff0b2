namespace Faulty;

/// <summary>What a user's network does wrong.</summary>
public enum Mistake
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Multiplies matrices whose shapes do not fit, by the unguarded function.</summary>
    MatmulShapes,

    /// <summary>Accumulates over a dimension that does not exist, by the unguarded functions.</summary>
    CummaxDimension,

    /// <inheritdoc cref="CummaxDimension"/>
    CumminDimension,

    /// <summary>Compiles TorchScript that names an unknown operator.</summary>
    JitOperator,

    /// <summary>Differentiates what has no graph, by the unguarded function.</summary>
    GradWithoutGraph,

    /// <summary>Differentiates what has no graph, by the guarded function.</summary>
    GuardedGradWithoutGraph,

    /// <summary>Asks for no threads, by the unguarded function.</summary>
    NoThreads,

    /// <summary>
    /// Computes a gradient of its own by the unguarded function, which fails only where autograd is off.
    /// </summary>
    OwnGradient,

    /// <summary>Cuts the graph between the images and the logits.</summary>
    CutGraph,

    /// <summary>Cuts the graph between the parameters and the logits, too.</summary>
    DetachedLogits,

    /// <summary>Returns logits of another dtype.</summary>
    DoubleLogits,

    /// <summary>Sets a gradient to null, in whose place a sparse one comes.</summary>
    SparseGradient,

    /// <summary>Throws in the second process of Open MPI once it has been called a few times.</summary>
    SecondProcessFails,
}
