using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor is: shape, layout, element type and device.
    public partial class Tensor
    {
        public long Dimensions => Keep(NativeMethods.td_tensor_dim(Handle));
        public long ndim => Dimensions;
        public long NumberOfElements => Keep(NativeMethods.td_tensor_numel(Handle));
        public long ElementSize => Keep(NativeMethods.td_tensor_element_size(Handle));
        public ScalarType dtype => (ScalarType)Keep(NativeMethods.td_tensor_dtype(Handle));
        public DeviceType device_type => (DeviceType)Keep(NativeMethods.td_tensor_device_type(Handle));
        public int device_index => (int)Keep(NativeMethods.td_tensor_device_index(Handle));
        public Device device => device_type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(device_type, device_index);
        public long[] shape => size();
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_sparse => Keep(NativeMethods.td_tensor_is_sparse(Handle)) != 0;

        public long dim() => Dimensions;
        public long numel() => NumberOfElements;
        public long element_size() => ElementSize;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);

        /// <exception cref="InvalidOperationException">The tensor has more or fewer elements than one.</exception>
        public bool is_nonzero()
        {
            if (NumberOfElements != 1) throw new InvalidOperationException("is_nonzero() called on non-singleton tensor");
            return Aten.is_nonzero.CallBool(this);
        }

        public unsafe long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* target = sizes)
                Native.Check(NativeMethods.td_tensor_sizes(Handle, target));
            GC.KeepAlive(this);
            return sizes;
        }

        public unsafe long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* target = strides)
                Native.Check(NativeMethods.td_tensor_strides(Handle, target));
            GC.KeepAlive(this);
            return strides;
        }

        public unsafe long size(int dim)
        {
            var rank = Dimensions;
            var sizes = stackalloc long[(int)rank];
            Native.Check(NativeMethods.td_tensor_sizes(Handle, sizes));
            GC.KeepAlive(this);
            return sizes[Dimension(dim, rank)];
        }

        public unsafe long stride(int dim)
        {
            var rank = Dimensions;
            var strides = stackalloc long[(int)rank];
            Native.Check(NativeMethods.td_tensor_strides(Handle, strides));
            GC.KeepAlive(this);
            return strides[Dimension(dim, rank)];
        }

        public unsafe long storage_offset()
        {
            long offset;
            Native.Check(NativeMethods.td_tensor_storage_offset(Handle, &offset));
            GC.KeepAlive(this);
            return offset;
        }

        public unsafe bool is_contiguous()
        {
            int contiguous;
            Native.Check(NativeMethods.td_tensor_is_contiguous(Handle, &contiguous));
            GC.KeepAlive(this);
            return contiguous != 0;
        }

        private static long Dimension(int dim, long rank)
        {
            var index = dim < 0 ? dim + rank : dim;
            return index >= 0 && index < rank
                ? index
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"the tensor has {rank} dimensions");
        }

        // The handle is read before the call: without this the collector could free it meanwhile.
        private long Keep(long value)
        {
            GC.KeepAlive(this);
            return value;
        }
    }
}
