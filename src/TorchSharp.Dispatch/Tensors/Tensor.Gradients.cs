using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // What autograd knows of a tensor.
    public partial class Tensor
    {
        public bool is_leaf => Keep(NativeMethods.td_tensor_is_leaf(Handle)) != 0;

        public bool requires_grad
        {
            get => Keep(NativeMethods.td_tensor_requires_grad(Handle)) != 0;
            set
            {
                Native.Check(NativeMethods.td_tensor_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The accumulated gradient, as a new object at each call; null where there is none.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                nint result;
                Native.Check(NativeMethods.td_tensor_grad(Handle, &result));
                GC.KeepAlive(this);
                return result == 0 ? null : new Tensor(result);
            }
            set
            {
                Native.Check(NativeMethods.td_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad()
        {
            Native.Check(NativeMethods.td_tensor_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        public Tensor detach_() => InPlace(Aten.detach_);
    }
}
