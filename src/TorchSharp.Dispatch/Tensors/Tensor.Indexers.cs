using System.Runtime.CompilerServices;
using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // tensor[…] and the methods behind it, with PyTorch's rules for integers, slices, masks and index tensors.
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => At(ToArguments(indices));
            set => Put(ToArguments(indices), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => At([i1]);
            set => Put([i1], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => At([i1, i2]);
            set => Put([i1, i2], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => At([i1, i2, i3]);
            set => Put([i1, i2, i3], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At([i1, i2, i3, i4]);
            set => Put([i1, i2, i3, i4], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => At([i1, i2, i3, i4, i5]);
            set => Put([i1, i2, i3, i4, i5], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => At([i1, i2, i3, i4, i5, i6]);
            set => Put([i1, i2, i3, i4, i5, i6], value);
        }

        public Tensor index(params TensorIndex[] indices) => At(ToArguments(indices));
        public Tensor index(params Tensor[] indices) => At(ToArguments(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            Put(ToArguments(indices), value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices)
        {
            Put(ToArguments(indices), value);
            return this;
        }

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => InPlace(Aten.index_put_, indices, value, accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var single = FromScalar(value);
            return index_put_(single, indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using var single = FromScalar(value);
            return index_put_(single, indices);
        }

        private static Argument[] ToArguments(TensorIndex[] indices) => Array.ConvertAll(indices, index => index.ToArgument());

        private static Argument[] ToArguments(Tensor[] indices) => Array.ConvertAll(indices, index => (Argument)index);

        private static Argument[] ToArguments(long[] indices) => Array.ConvertAll(indices, index => (Argument)index);

        private unsafe Tensor At(ReadOnlySpan<Argument> indices)
        {
            nint result;
            var items = stackalloc Value[indices.Length];
            var scratch = stackalloc byte[Scratch(indices)];
            Write(indices, items, scratch);
            var status = NativeMethods.td_tensor_index(Handle, items, indices.Length, &result);
            Release(indices);
            Native.Check(status);
            return new Tensor(result);
        }

        private unsafe void Put(ReadOnlySpan<Argument> indices, Tensor value)
        {
            var items = stackalloc Value[indices.Length];
            var scratch = stackalloc byte[Scratch(indices)];
            Write(indices, items, scratch);
            var status = NativeMethods.td_tensor_index_put(Handle, items, indices.Length, value.Handle);
            Release(indices);
            GC.KeepAlive(value);
            Native.Check(status);
        }

        private static int Scratch(ReadOnlySpan<Argument> indices)
        {
            var bytes = 0;
            foreach (ref readonly var index in indices)
                bytes += index.ScratchBytes;
            return bytes;
        }

        private static unsafe void Write(ReadOnlySpan<Argument> indices, Value* items, byte* scratch)
        {
            for (var i = 0; i < indices.Length; i++)
                scratch += indices[i].Write(items + i, scratch);
        }

        private void Release(ReadOnlySpan<Argument> indices)
        {
            foreach (ref readonly var index in indices)
                index.KeepAlive();
            GC.KeepAlive(this);
        }
    }
}
