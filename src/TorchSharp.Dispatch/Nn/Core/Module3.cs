namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module of three inputs.</summary>
        public abstract class Module<T1, T2, T3, TResult> :
            HookableModule<Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>, Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>, IModule<T1, T2, T3, TResult>
        {
            protected Module(string name) : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            /// <summary>The hooks before, <see cref="forward"/>, and the hooks after; a hook's result other than null takes the place of what it was given.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                foreach (var hook in BeforeForward()) (input1, input2, input3) = hook(this, input1, input2, input3) ?? (input1, input2, input3);
                var result = forward(input1, input2, input3);
                foreach (var hook in AfterForward()) result = hook(this, input1, input2, input3, result) ?? result;
                return Finish(result);
            }
        }
    }
}
