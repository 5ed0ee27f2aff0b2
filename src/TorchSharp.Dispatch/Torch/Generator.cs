using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers on the CPU; libtorch looks at the low 32 bits of a seed.</summary>
    public class Generator : IDisposable
    {
        /// <param name="seed">What the values follow from.</param>
        /// <param name="device">As in TorchSharp the values are drawn on the CPU whatever is named here.</param>
        public Generator(ulong seed = 0, Device? device = null)
        {
            Handle = Create(seed);
            this.device = device ?? CPU;
        }

        private Generator(IntPtr handle)
        {
            Handle = handle;
            device = CPU;
        }

        ~Generator() => Dispose(false);

        /// <summary>The CPU's global generator.</summary>
        public static unsafe Generator Default
        {
            get
            {
                Native.EnsureLoaded();
                nint result;
                Native.Check(NativeMethods.td_generator_default(&result));
                return new Generator(result);
            }
        }

        public IntPtr Handle { get; private set; }

        public Device device { get; }

        public Generator manual_seed(long seed)
        {
            Native.Check(NativeMethods.td_generator_set_seed(Valid(), (ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds from the clock and returns the seed.</summary>
        public long seed()
        {
            var chosen = DateTime.UtcNow.Ticks;
            manual_seed(chosen);
            return chosen;
        }

        public unsafe long initial_seed()
        {
            ulong seed;
            Native.Check(NativeMethods.td_generator_seed(Valid(), &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        /// <summary>The state as a byte tensor.</summary>
        public unsafe Tensor get_state()
        {
            nint result;
            Native.Check(NativeMethods.td_generator_state(Valid(), &result));
            GC.KeepAlive(this);
            return new Tensor(result);
        }

        public void set_state(Tensor value)
        {
            Native.Check(NativeMethods.td_generator_set_state(Valid(), value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var native = Handle;
            if (native == 0) return;
            Handle = 0;
            NativeMethods.td_generator_free(native);
        }

        /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
        internal IntPtr Valid()
        {
            ObjectDisposedException.ThrowIf(Handle == 0, this);
            return Handle;
        }

        private static unsafe nint Create(ulong seed)
        {
            Native.EnsureLoaded();
            nint result;
            Native.Check(NativeMethods.td_generator_new(seed, &result));
            return result;
        }
    }
}
