using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that modules register as theirs and that takes gradients.</summary>
    public class Parameter : Tensor
    {
        /// <param name="data">Becomes empty: the parameter takes over its handle and its place in a dispose scope.</param>
        /// <param name="requires_grad">Whether backward accumulates a gradient here.</param>
        public Parameter(Tensor data, bool requires_grad = true) : base(data.with_requires_grad(requires_grad).MoveHandle(), false) =>
            DisposeScope.ReplaceWith(data, this);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
