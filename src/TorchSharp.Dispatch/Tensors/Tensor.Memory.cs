using TorchSharp.Dispatching;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    // The elements themselves.
    public partial class Tensor
    {
        /// <summary>The elements as bytes, in place.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not contiguous, or not in the CPU's memory.</exception>
        public unsafe Span<byte> bytes
        {
            get
            {
                var total = NumberOfElements * ElementSize;
                RequireBytes();
                if (total > int.MaxValue) throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                return new Span<byte>(DataPointer(), (int)total);
            }
            set
            {
                RequireBytes();
                if (NumberOfElements * ElementSize != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(new Span<byte>(DataPointer(), value.Length));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The elements, in place where the tensor lies in the CPU's memory and else in a copy.</summary>
        /// <exception cref="ArgumentException">T is not the tensor's element type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireType<T>();
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The only element.</summary>
        /// <exception cref="ArgumentException">There is more than one element, or T is not its type.</exception>
        public unsafe T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            RequireType<T>();
            if (device_type == DeviceType.CPU)
            {
                var value = *(T*)DataPointer();
                GC.KeepAlive(this);
                return value;
            }
            using var copy = cpu();
            return *(T*)copy.DataPointer();
        }

        public double ReadCpuDouble(long i) => Read<double>(i);
        public float ReadCpuSingle(long i) => Read<float>(i);
        public int ReadCpuInt32(long i) => Read<int>(i);
        public long ReadCpuInt64(long i) => Read<long>(i);
        public byte ReadCpuByte(long i) => Read<byte>(i);
        public sbyte ReadCpuSByte(long i) => Read<sbyte>(i);
        public short ReadCpuInt16(long i) => Read<short>(i);
        public bool ReadCpuBool(long i) => Read<bool>(i);
        public T ReadCpuValue<T>(long i) where T : unmanaged => Read<T>(i);
        public float ReadCpuFloat16(long i) => (float)Read<Half>(i);
        public float ReadCpuBFloat16(long i) => BitConverter.Int32BitsToSingle(Read<short>(i) << 16);

        /// <summary>Writes the elements' bytes; also of tensors larger than a span.</summary>
        public unsafe void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            RequireBytes();
            var source = (byte*)DataPointer();
            for (var left = NumberOfElements * ElementSize; left > 0;)
            {
                var count = (int)Math.Min(left, int.MaxValue);
                stream.Write(new ReadOnlySpan<byte>(source, count));
                source += count;
                left -= count;
            }
            GC.KeepAlive(this);
        }

        /// <summary>Fills the tensor with bytes; also tensors larger than a span.</summary>
        /// <exception cref="EndOfStreamException">The stream ends before the tensor does.</exception>
        public unsafe void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            RequireBytes();
            var target = (byte*)DataPointer();
            for (var left = NumberOfElements * ElementSize; left > 0;)
            {
                var count = (int)Math.Min(left, int.MaxValue);
                stream.ReadExactly(new Span<byte>(target, count));
                target += count;
                left -= count;
            }
            GC.KeepAlive(this);
        }

        internal unsafe void* DataPointer()
        {
            void* data;
            Native.Check(NativeMethods.td_tensor_data(Handle, &data));
            return data;
        }

        private unsafe T Read<T>(long index) where T : unmanaged
        {
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
            if (index < 0 || index >= NumberOfElements)
                throw new IndexOutOfRangeException($"The index {index} is outside a tensor of {NumberOfElements} elements");
            using var accessor = new TensorAccessor<T>(this);
            return accessor[index];
        }

        private void RequireBytes()
        {
            if (!is_contiguous()) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        private void RequireType<T>()
        {
            var found = dtype;
            if (found == ScalarType.BFloat16) throw new ArgumentException($"No support for {found} in TorchSharp");
            if (ElementType.TryGet(typeof(T), out var asked) && asked == found) return;
            throw new ArgumentException($"{typeof(T).Name} is not compatible with {found}");
        }
    }
}
