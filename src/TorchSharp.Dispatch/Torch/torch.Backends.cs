using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Switches of the libraries behind libtorch.</summary>
    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                /// <summary>Whether matrix products may round their inputs to TF32.</summary>
                public static bool allow_tf32
                {
                    get
                    {
                        Native.EnsureLoaded();
                        return NativeMethods.td_tf32_matmul() != 0;
                    }
                    set
                    {
                        Native.EnsureLoaded();
                        Native.Check(NativeMethods.td_set_tf32_matmul(value ? 1 : 0));
                    }
                }
            }
        }

        public static partial class cudnn
        {
            /// <summary>Whether convolutions may round their inputs to TF32.</summary>
            public static bool allow_tf32
            {
                get
                {
                    Native.EnsureLoaded();
                    return NativeMethods.td_tf32_cudnn() != 0;
                }
                set
                {
                    Native.EnsureLoaded();
                    Native.Check(NativeMethods.td_set_tf32_cudnn(value ? 1 : 0));
                }
            }
        }
    }
}
