using System.Runtime.CompilerServices;
using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A reference to a native tensor, freed by Dispose, by its scope, or at last by the garbage collector.</summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        /// <summary>A pointer to an at::Tensor; zero once disposed.</summary>
        internal IntPtr handle;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref totalCount);
            if (count > peakCount) peakCount = count;
            if (register) DisposeScopeManager.ThreadSingleton.Register(this);
        }

        // An undefined tensor: invalid from the start, counted nowhere.
        private Tensor() => GC.SuppressFinalize(this);

        ~Tensor() => Dispose(false);

        /// <summary>Tensors that exist in managed code, on all threads.</summary>
        public static long TotalCount => totalCount;

        /// <summary>The highest <see cref="TotalCount"/> so far.</summary>
        public static long PeakCount => peakCount;

        public string? name { get; set; }

        public bool IsInvalid => handle == 0;

        /// <summary>The native handle.</summary>
        /// <exception cref="InvalidOperationException">The tensor is disposed.</exception>
        public IntPtr Handle => handle != 0 ? handle : Disposed();

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>The place in <see cref="OwningDisposeScope"/>; that scope's business.</summary>
        internal int ScopeSlot { get; set; }

        /// <summary>Owns a pointer to an at::Tensor made elsewhere.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var native = Interlocked.Exchange(ref handle, 0);
            if (native == 0) return;
            DisposeScopeManager.ThreadSingleton.CountDisposal(OwningDisposeScope is not null);
            // The scope of a tensor that the collector found is garbage itself.
            if (disposing) OwningDisposeScope?.Take(this);
            Interlocked.Decrement(ref totalCount);
            NativeMethods.td_tensor_free(native);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null) other?.Attach(this);
            else OwningDisposeScope.MoveToOther(other, this);
            return this;
        }

        /// <summary>Gives up the native tensor: the caller owns the returned pointer.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            var native = Handle;
            MoveHandle();
            return native;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        /// <summary>Whether both tensors have the same shape and elements.</summary>
        public bool Equals(Tensor target) => Aten.equal.CallBool(this, target);

        /// <summary>A tensor for a native result; an invalid one for an undefined result.</summary>
        internal static Tensor Wrap(nint native) => native == 0 ? new Tensor() : new Tensor(native);

        /// <summary>Takes the native tensor out, for another managed object that stands for it from now on.</summary>
        internal IntPtr MoveHandle()
        {
            var native = Interlocked.Exchange(ref handle, 0);
            if (native != 0) Interlocked.Decrement(ref totalCount);
            return native;
        }

        private static IntPtr Disposed() => throw new InvalidOperationException("Tensor invalid -- empty handle.");
    }
}
