//! `#[derive(Plugin)]`, as `rmqtt::plugin::Plugin` re-exports it beside the trait of that name.

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Implements `rmqtt::plugin::PackageInfo` with the Cargo package in which the type stands.
#[proc_macro_derive(Plugin)]
pub fn derive_plugin(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics ::rmqtt::plugin::PackageInfo for #name #type_generics #where_clause {
            fn package(&self) -> ::rmqtt::plugin::Package {
                ::rmqtt::package!()
            }
        }
    }
    .into()
}
