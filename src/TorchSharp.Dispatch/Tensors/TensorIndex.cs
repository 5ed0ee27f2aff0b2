using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One index of tensor[…]: an integer, a slice, a new dimension, an ellipsis, a truth value or a tensor.</summary>
    public struct TensorIndex
    {
        public static readonly TensorIndex Ellipsis = new(Argument.Ellipsis);
        public static readonly TensorIndex None = new(Argument.None);
        public static readonly TensorIndex Null = new(Argument.None);
        public static readonly TensorIndex Colon = Slice();

        private readonly Argument argument;

        private TensorIndex(Argument argument) => this.argument = argument;

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(Argument.Slice(start ?? 0, stop ?? long.MaxValue, step ?? 1));

        public static TensorIndex Slice((int?, int?) range) => Slice((long?)range.Item1, range.Item2);

        public static TensorIndex Slice(Range range) => Slice(From(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : From(range.End));

        public static TensorIndex Bool(bool value) => new(value);

        public static TensorIndex Single(long? index) => new(index);

        public static TensorIndex Tensor(Tensor tensor) => new(tensor);

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(From(index));

        // Never called: it makes the compiler prefer an index to a tensor where both would do.
        public static implicit operator Tensor(TensorIndex value) => throw new InvalidOperationException("Should not be called.");

        internal readonly Argument ToArgument() => argument;

        private static long From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
